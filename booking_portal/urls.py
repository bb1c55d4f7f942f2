app_name = "booking_portal"

urlpatterns = []

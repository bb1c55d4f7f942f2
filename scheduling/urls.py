"""Pages of the back office about when. Included under `/o/<org_slug>/`."""

app_name = "scheduling"

urlpatterns = []

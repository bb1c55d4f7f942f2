"""Pages of the back office about who, where and what for. Included under `/o/<org_slug>/`."""

app_name = "organizations"

urlpatterns = []

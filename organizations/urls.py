"""Pages of the back office about who, where and what for. Included under `/o/<org_slug>/`."""

from django.urls import path

from .views.citizens import citizen_add, citizen_edit, citizen_list

app_name = "organizations"

urlpatterns = [
    path("usagers/", citizen_list, name="citizen_list"),
    path("usagers/ajouter/", citizen_add, name="citizen_add"),
    path("usagers/<int:pk>/modifier/", citizen_edit, name="citizen_edit"),
]

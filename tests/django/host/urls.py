from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/community/", include("django_adapter.urls.community")),
    path("api/trainer/", include("django_adapter.urls.trainer")),
]

from django.urls import include, path

from running import urls

urlpatterns = [path("auth0/", include("auth0db.urls")), *urls.urlpatterns]

"""The urls of another brand of the same site, chosen by its host: its links are its own."""

from django.urls import include, path

from project import urls

HERE = ("forgotten/", "reset/", "reset/sent/")
urlpatterns = [
    *(pattern for pattern in urls.urlpatterns if str(pattern.pattern) in HERE),
    path("brand/", include([p for p in urls.urlpatterns if str(p.pattern) not in HERE])),
]

from django import forms
from django.contrib.auth import get_user_model
from django.http import JsonResponse
from django.urls import path
from django.views.generic import UpdateView

from project import urls
from running import work

work.watch()


def me(request):
    request.session["visited"] = True
    return urls.me(request)


def spent(request):
    counts = dict(work.done)
    work.done.clear()
    return JsonResponse(counts)


class Profile(UpdateView):
    template_name = "form.html"
    success_url = "/me/"
    form_class = forms.modelform_factory(get_user_model(), fields=["email"])

    def get_object(self):
        return self.request.user


urlpatterns = [
    path("me/", me),
    path("profile/", Profile.as_view()),
    path("spent/", spent),
    *urls.urlpatterns,
]

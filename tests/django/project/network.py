def nobody(request):
    return ""

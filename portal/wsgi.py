"""The WSGI application that the web server loads."""

import os

from django.core.wsgi import get_wsgi_application

from portal.heap import freeze_startup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = get_wsgi_application()
freeze_startup()

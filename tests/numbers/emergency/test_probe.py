from tests.numbers.emergency.conftest import *
from apps.numbers.models import *


def test_it(board):
    for s in EmergencySnapshot.objects.filter(number="+12062194118"):
        print(s.connection, s.scope, s.customer, s.tenant, s.kind, s.ref, s.covered, s.record)
    assert 0

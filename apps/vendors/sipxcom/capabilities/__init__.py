"""sipXcom behind the neutral doors: our values in, the documented operations out, typed results back."""

from typing import Any

from apps.vendors.core import calls, people, reports, routing
from apps.vendors.sipxcom.capabilities import directories, numbers, own, people_doors, services

CAPABILITIES: dict[type, Any] = {
    routing.Dids: numbers.SipxcomDids,
    routing.NumberRouting: numbers.SipxcomRouting,
    routing.Emergency: numbers.SipxcomEmergency,
    routing.SwitchTrunks: directories.trunks,
    routing.Ivrs: directories.attendants,
    routing.RingGroups: directories.hunt_groups,
    routing.PagingGroups: directories.page_groups,
    routing.ParkingOrbits: directories.orbits,
    routing.Schedules: services.schedules,
    routing.Media: directories.SipxcomMedia,
    people.Tenants: people_doors.tenants,
    people.VendorUsers: people_doors.SipxcomRights,
    people.Extensions: people_doors.extensions,
    people.ExtensionFeatures: own.SipxcomFeatures,
    people.Phones: people_doors.phones,
    people.Registrations: services.SipxcomRegistrations,
    people.PhoneBooks: people_doors.SipxcomPhoneBooks,
    calls.LiveCalls: own.SipxcomLiveCalls,
    calls.Voicemail: own.SipxcomVoicemail,
    calls.Fax: own.SipxcomFax,
    calls.Conferences: own.SipxcomConferences,
    reports.Health: services.SipxcomHealth,
}

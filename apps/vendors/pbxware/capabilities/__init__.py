"""PBXware behind the neutral doors: our values in, the documented operations out, typed results back."""

from typing import Any

from apps.vendors.core import billing, calls, people, reports, routing
from apps.vendors.pbxware.capabilities import call_doors, services
from apps.vendors.pbxware.capabilities import directories as kept

CAPABILITIES: dict[type, Any] = {
    routing.Dids: kept.dids,
    routing.NumberRanges: kept.ranges,
    routing.NumberRouting: kept.PbxwareRouting,
    routing.CallerRules: kept.caller_rules,
    routing.Emergency: services.PbxwareEmergency,
    routing.SwitchTrunks: kept.trunks,
    routing.OutboundRoutes: kept.routes,
    routing.Ivrs: kept.ivrs,
    routing.RingGroups: kept.PbxwareRingGroups,
    routing.PagingGroups: kept.paging_groups,
    routing.Queues: services.PbxwareQueues,
    routing.Schedules: services.PbxwareSchedules,
    people.Tenants: kept.tenants,
    people.VendorUsers: kept.rights,
    people.Extensions: kept.extensions,
    people.ExtensionFeatures: services.PbxwareFeatures,
    people.Phones: kept.phones,
    people.Registrations: services.PbxwareRegistrations,
    calls.LiveCalls: call_doors.PbxwareLiveCalls,
    calls.Recordings: call_doors.PbxwareRecordings,
    calls.Voicemail: call_doors.PbxwareVoicemail,
    calls.Messaging: call_doors.PbxwareMessaging,
    reports.CallRecords: call_doors.PbxwareCallRecords,
    reports.Traffic: services.PbxwareTraffic,
    reports.Health: services.PbxwareHealth,
    billing.Rates: services.PbxwareRates,
    billing.ExtensionBalances: services.PbxwareBalances,
}

"""MiRTA behind the neutral doors: our values in, the documented operations out, typed results back."""

from typing import Any

from apps.vendors.core import billing, calls, people, reports, routing
from apps.vendors.mirta.capabilities import call_doors, number_doors, people_doors, routing_doors
from apps.vendors.mirta.capabilities.base import directory

CAPABILITIES: dict[type, Any] = {
    routing.Dids: number_doors.dids,
    routing.NumberRouting: number_doors.MirtaRouting,
    routing.CallerRules: number_doors.caller_rules,
    routing.Emergency: number_doors.MirtaEmergency,
    routing.SwitchTrunks: routing_doors.trunks,
    routing.OutboundRoutes: routing_doors.routes,
    routing.Ivrs: routing_doors.ivrs,
    routing.RingGroups: routing_doors.ring_groups,
    routing.Queues: call_doors.queues,
    routing.Schedules: routing_doors.schedules,
    routing.Media: routing_doors.MirtaMedia,
    people.Tenants: people_doors.tenants,
    people.VendorUsers: people_doors.users,
    people.Extensions: people_doors.extensions,
    people.ExtensionFeatures: people_doors.MirtaFeatures,
    people.SipAccounts: directory(people_doors.accounts),
    people.Phones: people_doors.phones,
    people.Registrations: people_doors.MirtaRegistrations,
    people.PhoneBooks: people_doors.MirtaPhoneBooks,
    calls.LiveCalls: call_doors.MirtaLiveCalls,
    calls.Recordings: call_doors.MirtaRecordings,
    calls.Voicemail: call_doors.MirtaVoicemail,
    calls.Messaging: call_doors.MirtaMessaging,
    calls.Fax: call_doors.MirtaFax,
    calls.Conferences: call_doors.conferences,
    calls.Campaigns: call_doors.MirtaCampaigns,
    reports.CallRecords: call_doors.MirtaCallRecords,
    reports.Traffic: call_doors.MirtaTraffic,
    reports.Health: call_doors.MirtaHealth,
    billing.TenantBalances: call_doors.MirtaBalances,
}

package io.github.countersign.internal

import io.github.countersign.Denial as PublicDenial
import io.github.countersign.Notice as PublicNotice

// The same reasons, with their texts and the moments of java.time.

internal fun public(reason: Denial, text: String): PublicDenial = when (reason) {
    is Denial.ClockSetBack -> PublicDenial.ClockSetBack(text, reason.behind)
    is Denial.WrongProduct -> PublicDenial.WrongProduct(text, reason.licensed)
    is Denial.LicenseSuperseded -> PublicDenial.LicenseSuperseded(text, reason.revision, reason.newest)
    is Denial.Revoked -> PublicDenial.Revoked(text, instant(reason.listedAt))
    is Denial.Suspended -> PublicDenial.Suspended(text, instant(reason.listedAt))
    is Denial.StatusUnknown -> PublicDenial.StatusUnknown(text, reason.uri)
    is Denial.StatusStale -> PublicDenial.StatusStale(text, instant(reason.since), reason.uri)
    is Denial.NotYetValid -> PublicDenial.NotYetValid(text, instant(reason.startsAt))
    is Denial.Expired -> PublicDenial.Expired(text, instant(reason.endedAt))
    is Denial.UpdateNotCovered -> PublicDenial.UpdateNotCovered(text, instant(reason.updatesUntil), instant(reason.releasedAt))
    is Denial.SupportEnded -> PublicDenial.SupportEnded(text, instant(reason.endedAt))
    is Denial.DomainNotLicensed -> PublicDenial.DomainNotLicensed(text, reason.domain)
    is Denial.AddressNotLicensed -> PublicDenial.AddressNotLicensed(text, reason.address)
    is Denial.NotActivated -> PublicDenial.NotActivated(text)
    is Denial.LeaseOfAnotherInstance -> PublicDenial.LeaseOfAnotherInstance(text, public(reason.instance))
    is Denial.LeaseOfAnotherLicense -> PublicDenial.LeaseOfAnotherLicense(text, reason.license, reason.product)
    is Denial.LeaseEnded -> PublicDenial.LeaseEnded(text, instant(reason.endedAt))
    is Denial.EntitlementMissing -> PublicDenial.EntitlementMissing(text, reason.entitlement)
    is Denial.EntitlementExpired -> PublicDenial.EntitlementExpired(text, reason.entitlement, instant(reason.endedAt))
    is Denial.LimitExceeded -> PublicDenial.LimitExceeded(text, reason.limit, reason.allowed, reason.count)
    is Denial.NotStated -> PublicDenial.NotStated(text, same(reason.fact))
}

internal fun public(reason: Notice, text: String): PublicNotice = when (reason) {
    is Notice.ClockSuspect -> PublicNotice.ClockSuspect(text, reason.behind)
    is Notice.ClockUnguarded -> PublicNotice.ClockUnguarded(text)
    is Notice.StatusRefreshDue -> PublicNotice.StatusRefreshDue(text, instant(reason.since))
    is Notice.InGracePeriod -> PublicNotice.InGracePeriod(text, instant(reason.endedAt), instant(reason.until))
    is Notice.ExpiresSoon -> PublicNotice.ExpiresSoon(text, instant(reason.endsAt), reason.within)
    is Notice.UpdatesEndSoon -> PublicNotice.UpdatesEndSoon(text, instant(reason.endsAt), reason.within)
    is Notice.SupportEndsSoon -> PublicNotice.SupportEndsSoon(text, instant(reason.endsAt), reason.within)
    is Notice.LeaseRenewalDue -> PublicNotice.LeaseRenewalDue(text, instant(reason.endsAt))
    is Notice.LimitNear -> PublicNotice.LimitNear(text, reason.limit, reason.allowed, reason.count)
}

package io.github.countersign.internal

import io.github.countersign.Lease as PublicLease
import io.github.countersign.License as PublicLicense
import io.github.countersign.Activation as PublicActivation
import io.github.countersign.ActivationUse as PublicActivationUse
import io.github.countersign.ClientSettings as PublicClientSettings
import io.github.countersign.LicenseStanding as PublicLicenseStanding
import io.github.countersign.LicenseUse as PublicLicenseUse
import io.github.countersign.Pin as PublicPin
import io.github.countersign.Proxy as PublicProxy
import io.github.countersign.Reason as PublicReason
import io.github.countersign.Refresh as PublicRefresh
import io.github.countersign.Refusal as PublicRefusal
import io.github.countersign.Renewal as PublicRenewal
import io.github.countersign.SessionOptions as PublicSessionOptions

// What crosses between a host and its authority, both ways.

internal fun native(settings: PublicClientSettings): ClientSettings = ClientSettings(
    settings.attempts,
    settings.firstWait?.let(::length),
    settings.giveUpAfter?.let(::length),
    settings.connectWithin?.let(::length),
    settings.onlyRoots?.let(::whole),
    settings.pins.map(::native),
    settings.proxy?.let(::native),
    settings.insecureHttp,
)

private fun native(pin: PublicPin): Pin = when (pin) {
    is PublicPin.PublicKey -> Pin.PublicKey(pin.sha256)
    is PublicPin.Certificate -> Pin.Certificate(pin.sha256)
}

private fun native(proxy: PublicProxy): Proxy = when (proxy) {
    is PublicProxy.Direct -> Proxy.Direct
    is PublicProxy.At -> Proxy.At(whole(proxy.url))
}

internal fun native(options: PublicSessionOptions): SessionOptions = SessionOptions(
    options.clock?.native,
    options.instance?.let(::native),
    options.signals?.native,
    options.noticeBefore?.map(::length),
    options.beginAnew,
)

internal fun public(activation: Activation): PublicActivation = PublicActivation(
    PublicLicense.of(activation.license),
    activation.lease?.let(PublicLease::of),
    activation.seatsUsed,
    activation.seatsRemaining,
)

internal fun public(renewal: Renewal): PublicRenewal =
    PublicRenewal(PublicLicense.of(renewal.license), PublicLease.of(renewal.lease))

internal fun public(refresh: Refresh): PublicRefresh =
    PublicRefresh(refresh.activated, refresh.renewed, refresh.statuses, refresh.leftToAnother)

internal fun public(refusal: Refusal): PublicRefusal = PublicRefusal(
    refusal.status,
    refusal.title,
    refusal.detail,
    refusal.denials.map(::public),
    refusal.errors,
)

internal fun public(standing: LicenseStanding): PublicLicenseStanding = PublicLicenseStanding(
    standing.isValid,
    public(standing.license),
    standing.isActivated,
    standing.activation?.let(::public),
    standing.denials.map(::public),
    standing.notices.map(::public),
)

private fun public(stated: LicenseUse): PublicLicenseUse = PublicLicenseUse(
    stated.id,
    same(stated.status),
    stated.seatLimit,
    stated.seatsUsed,
    stated.seatsRemaining,
    stated.expiresAt?.let(::instant),
)

private fun public(stated: ActivationUse): PublicActivationUse =
    PublicActivationUse(stated.id, instant(stated.activatedAt), stated.lastCheckedAt?.let(::instant))

private fun public(reason: Reason): PublicReason = PublicReason(reason.code, reason.report)

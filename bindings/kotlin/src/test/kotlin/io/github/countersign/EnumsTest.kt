package io.github.countersign

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import io.github.countersign.internal.Exemption as NativeExemption
import io.github.countersign.internal.Fact as NativeFact
import io.github.countersign.internal.Hold as NativeHold
import io.github.countersign.internal.Imported as NativeImported
import io.github.countersign.internal.KeyState as NativeKeyState
import io.github.countersign.internal.Kind as NativeKind
import io.github.countersign.internal.LicenseStatus as NativeLicenseStatus
import io.github.countersign.internal.OnFull as NativeOnFull
import io.github.countersign.internal.Purpose as NativePurpose

class EnumsTest {
    @Test
    fun `every constant has its counterpart`() {
        same<NativeExemption, Exemption>()
        same<NativeFact, Fact>()
        same<NativeHold, Hold>()
        same<NativeImported, Imported>()
        same<NativeKeyState, KeyState>()
        same<NativeKind, DocumentKind>()
        same<NativeLicenseStatus, LicenseStatus>()
        same<NativeOnFull, OnFull>()
        same<NativePurpose, Purpose>()
    }

    private inline fun <reified A : Enum<A>, reified B : Enum<B>> same() =
        assertEquals(enumValues<A>().map { it.name }, enumValues<B>().map { it.name })
}

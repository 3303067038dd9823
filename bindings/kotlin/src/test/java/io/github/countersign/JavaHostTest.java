package io.github.countersign;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** The package as Java calls it. */
class JavaHostTest {
    private static final Instant NOW = Instant.ofEpochSecond(1775001600);

    @Test
    void aLicenseDecidesAboutARun() {
        Run run = new Run("acme/editor").withDomain("https://shop.example.com/cart").withCount("services", 3);
        try (License license = Signer.INSTANCE.license();
                ClockReading clock = ClockReading.trusted(NOW);
                Decision decision = license.evaluate(run, new Context(clock))) {
            assertTrue(decision.isAllowed());
            assertEquals(List.of(), decision.getDenials());
            assertNull(decision.getHoldsUntil());
            try (Check check = license.prepare(run.withRequires("export"))) {
                assertFalse(check.allowed());
                Denial denial = check.decide().getDenials().get(0);
                Denial.EntitlementMissing missing = assertInstanceOf(Denial.EntitlementMissing.class, denial);
                assertEquals("export", missing.getEntitlement());
                assertEquals("entitlement_missing", denial.getCode());
            }
        }
    }

    @Test
    void anErrorHasItsCode() {
        DocumentException refused =
                assertThrows(DocumentException.class, () -> License.verify("no license", Signer.INSTANCE.getTrust()));
        assertEquals("malformed", refused.getCode());
        assertTrue(refused.getRefusal() > 0);
        assertInstanceOf(CountersignException.class, refused);
    }

    @Test
    void nullIsRefusedAtTheCall() {
        TrustStore trust = Signer.INSTANCE.getTrust();
        License license = Signer.INSTANCE.license();
        assertThrows(NullPointerException.class, () -> new TrustStore(null));
        assertThrows(NullPointerException.class, () -> License.verify((String) null, trust));
        assertThrows(NullPointerException.class, () -> License.verify((byte[]) null, trust));
        assertThrows(NullPointerException.class, () -> License.verify("", null));
        assertThrows(NullPointerException.class, () -> license.prepare(null));
        assertThrows(NullPointerException.class, () -> license.evaluate(null, null));
        assertThrows(NullPointerException.class, () -> new Run(null));
        assertThrows(NullPointerException.class, () -> new Context(null));
        assertThrows(NullPointerException.class, () -> new Instance.Machine(null));
        assertThrows(NullPointerException.class, () -> LicenseKey.parse(null));
        assertThrows(NullPointerException.class, () -> Names.domain(null));
        assertThrows(NullPointerException.class, () -> ClockReading.trusted(null));
        assertThrows(NullPointerException.class, () -> new Client(null, trust));
        assertThrows(NullPointerException.class, () -> Session.open("acme/editor", trust, (Storage) null));
    }

    @Test
    void nobodyAnswersAtAClosedPort() {
        ClientSettings settings = new ClientSettings().withAttempts(1).withGiveUpAfter(Duration.ofSeconds(5));
        Claimant claimant =
                new Claimant("acme/editor", LicenseKey.parse("CUSTOM-CODE-1"), new Instance.Machine("m-1"));
        try (Client client = new Client("http://127.0.0.1:1", Signer.INSTANCE.getTrust(), settings)) {
            ClientException.Unreachable unreachable =
                    assertThrows(ClientException.Unreachable.class, () -> client.activateBlocking(claimant));
            assertEquals("unreachable", unreachable.getCode());
            CompletableFuture<Activation> future = client.activateAsync(claimant);
            ExecutionException failed = assertThrows(ExecutionException.class, future::get);
            assertInstanceOf(ClientException.Unreachable.class, failed.getCause());
        }
    }

    @Test
    void aValueDoesNotChangeWithWhatItWasMadeOf() {
        Set<String> requires = new HashSet<>();
        Map<String, Long> counts = new HashMap<>();
        Run run = new Run("acme/editor", Purpose.RUN, null, null, null, requires, counts);
        List<Duration> lengths = new ArrayList<>();
        lengths.add(Duration.ofDays(7));
        SessionOptions options = new SessionOptions().withNoticeBefore(lengths);
        List<Pin> pins = new ArrayList<>();
        ClientSettings settings = new ClientSettings(null, null, null, null, null, pins);
        byte[] digest = new byte[32];
        Pin pin = new Pin.Certificate(digest);
        try (ClockReading clock = ClockReading.trusted(NOW); Check check = Signer.INSTANCE.license().prepare(run)) {
            Context context = new Context(clock, null, null, null, lengths);
            check.hold(null, null, null, lengths);
            requires.add("export");
            counts.put("services", 3L);
            lengths.add(Duration.ofDays(-1));
            pins.add(pin);
            digest[0] = 1;
            pin.getSha256()[1] = 1;

            assertEquals(Set.of(), run.getRequires());
            assertEquals(Map.of(), run.getCounts());
            assertEquals(List.of(Duration.ofDays(7)), context.getNoticeBefore());
            assertEquals(List.of(Duration.ofDays(7)), options.getNoticeBefore());
            assertEquals(List.of(), settings.getPins());
            assertArrayEquals(new byte[32], pin.getSha256());
            assertTrue(check.decide().isAllowed());
        }
        Run stated = run.withRequires("export").withCount("services", 3);
        assertThrows(UnsupportedOperationException.class, () -> stated.getRequires().add("print"));
        assertThrows(UnsupportedOperationException.class, () -> stated.getCounts().remove("services"));
    }

    @Test
    void aFutureThatIsCancelledEndsWhatItWaitsFor() {
        TrustStore trust = Signer.INSTANCE.getTrust();
        ClientSettings settings = new ClientSettings().withAttempts(1).withGiveUpAfter(Duration.ofMinutes(10));
        try (SilentAuthority silence = new SilentAuthority();
                Client client = new Client(silence.getUrl(), trust, settings);
                Session session = Session.open("acme/editor", trust, new MemoryStorage())) {
            CompletableFuture<Refresh> future = session.activateAsync(client, LicenseKey.parse("CUSTOM-CODE-1"));
            Socket socket = silence.awaitRequest();
            assertTrue(future.cancel(true));
            assertThrows(CancellationException.class, future::join);
            silence.awaitEnd(socket);
            session.importText(Signer.INSTANCE.license().text());
            assertTrue(session.decide(session.run()).isAllowed());
        }
    }

    @Test
    void aStorageOfJavaKeepsASession() {
        Map<String, String> texts = new HashMap<>();
        Storage storage = new Storage() {
            @Override
            public String load(String name) {
                return texts.get(name);
            }

            @Override
            public void save(String name, String text) {
                texts.put(name, text);
            }
        };
        TrustStore trust = Signer.INSTANCE.getTrust();
        SessionOptions options = new SessionOptions().withInstance(new Instance.Domain("example.com"));
        try (Session session = Session.open("acme/editor", trust, storage, options)) {
            session.importText(Signer.INSTANCE.license().text());
            assertTrue(session.prepare(session.run()).allowed());
        }
        assertFalse(texts.isEmpty());
        try (Session session = Session.open("acme/editor", trust, storage, options)) {
            assertEquals("lic-1", session.getLicense().getId());
        }
    }
}

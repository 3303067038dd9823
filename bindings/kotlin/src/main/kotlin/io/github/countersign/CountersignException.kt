package io.github.countersign

import java.time.Duration

/**
 * What went wrong, with a stable [code]. That a genuine license does not allow a run is no exception
 * but a [Denial].
 *
 * The message is one line for people and may change between versions; programs match codes and classes.
 * It holds no license key, lease or signature.
 */
public sealed class CountersignException(
    /** The stable name of what is wrong, in snake case, the same in every language. */
    public val code: String,
    message: String,
    cause: Throwable? = null,
) : RuntimeException(message, cause)

/** A document is damaged, forged, of another kind, or signed by a key that may not. */
public class DocumentException internal constructor(
    code: String,
    /** The number under which docs/format.md, section 6, lists this refusal. */
    public val refusal: Int,
    message: String,
) : CountersignException(code, message)

/**
 * A text, number or setting is not what it is given as, such as a domain, a moment or an address. Beside the
 * codes of the core and the client it has two of this package: `invalid_length`, a length of time is negative;
 * `invalid_text`, a text holds half of a character.
 */
public class InvalidValueException internal constructor(code: String, message: String, cause: Throwable? = null) :
    CountersignException(code, message, cause)

/**
 * A [ClockGuard] cannot take up what it is given: `damaged_clock`, a state that was changed, cut short
 * or comes from another machine; `answer_not_fresh`, an answer that does not tell the present time;
 * `invalid_nonce`, a text that is no nonce.
 */
public class ClockException internal constructor(code: String, message: String) :
    CountersignException(code, message)

/**
 * A request did not do what was asked. The class says what to do about it.
 */
public sealed class ClientException(
    code: String,
    message: String,
    /** What caused it, for who looks into it. */
    public val detail: String?,
) : CountersignException(code, message) {
    /**
     * The authority could not be asked: no network, no answer in time, too much to do, a failure of its
     * own, something else answered in its place, or the request could not even be made, as where the
     * system gives no random numbers. Decide with the documents at hand, and ask again later.
     */
    public class Unreachable internal constructor(
        code: String,
        message: String,
        detail: String?,
        /** How long the authority asks to be left alone. */
        public val retryAfter: Duration?,
    ) : ClientException(code, message, detail)

    /**
     * The answer holds a document that does not verify, or answers another question. It grants
     * nothing: decide with the documents at hand.
     */
    public class Untrusted internal constructor(code: String, message: String, detail: String?) :
        ClientException(code, message, detail)

    /**
     * The authority declined. Tell the user; asking again changes nothing. The code is the one of the
     * problem, as docs/protocol.md lists it.
     */
    public class Refused internal constructor(
        code: String,
        message: String,
        /** All that it said. */
        public val refusal: Refusal,
    ) : ClientException(code, message, refusal.detail)

    /**
     * The seat is given up, and the session holds it no more, but that could not be saved. The session
     * goes on trying; see that the state can be written.
     */
    public class Unsaved internal constructor(code: String, message: String, detail: String?) :
        ClientException(code, message, detail)

    /**
     * The call is not to be made as it was, and nobody was asked: it came from within a call of the
     * session's own storage. Asking again changes nothing.
     */
    public class Unfit internal constructor(code: String, message: String, detail: String?) :
        ClientException(code, message, detail)
}

/** Why an authority declined. */
public class Refusal internal constructor(
    /** The status of HTTP. */
    public val status: Int,
    /** The problem in a few words. */
    public val title: String,
    /** The problem in a sentence. */
    public val detail: String,
    /** The rules that deny, where a license does. */
    public val denials: List<Reason>,
    /** What is wrong with the request, by the names of its members. */
    public val errors: Map<String, List<String>>,
) {
    override fun toString(): String = "$status $title: $detail"
}

/**
 * A session cannot take up where the last run left off, or keep what it holds.
 *
 * None of them means that there is no license. What is damaged, or of another version or product, is
 * for the host to face; [SessionOptions.beginAnew] gives it up. What a host's own [Storage] throws is
 * thrown as it is, and no such exception.
 */
public sealed class SessionException(code: String, message: String) : CountersignException(code, message) {
    /** What is kept was changed or cut short. */
    public class Damaged internal constructor(code: String, message: String) : SessionException(code, message)

    /** What is kept was written by a newer release. */
    public class NewerVersion internal constructor(code: String, message: String) : SessionException(code, message)

    /** What is kept is another product's. */
    public class AnotherProduct internal constructor(
        code: String,
        message: String,
        /** That product. */
        public val held: String,
    ) : SessionException(code, message)

    /** What is kept cannot be read or written. */
    public class StorageFailed internal constructor(code: String, message: String) : SessionException(code, message)

    /** The system gave no random numbers. */
    public class NoRandomness internal constructor(code: String, message: String) : SessionException(code, message)

    /** The host's own storage asked for a change of the session that it is called by. */
    public class InsideStorage internal constructor(code: String, message: String) : SessionException(code, message)
}

/**
 * A genuine text that was brought is not for this installation: `another_product`, `another_brand`,
 * `another_license`, `another_instance`, `another_request`, `ahead_of_time`, or `inside_storage`.
 */
public sealed class ImportException(code: String, message: String) :
    CountersignException(code, message) {
    /** It is for another product. */
    public class AnotherProduct internal constructor(
        code: String,
        message: String,
        /** That product. */
        public val licensed: String,
    ) : ImportException(code, message)

    /** A newer revision of the license was held. */
    public class Superseded internal constructor(
        code: String,
        message: String,
        /** The revision of the license. */
        public val revision: Long,
        /** The highest that was held. */
        public val newest: Long,
    ) : ImportException(code, message)

    /** It is not for this installation, for the reason that the code names. */
    public class NotFitting internal constructor(code: String, message: String) : ImportException(code, message)
}

/**
 * The native library does not load, or is of another version than this package: `library_missing` or
 * `library_mismatch`. Install package and library together, from one release. Or it failed by a fault of
 * its own, `library_failed`, which is to be reported: nothing was granted by that call.
 */
public class LibraryException internal constructor(code: String, message: String, cause: Throwable? = null) :
    CountersignException(code, message, cause)

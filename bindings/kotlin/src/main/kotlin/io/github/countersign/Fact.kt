package io.github.countersign

/** What a product may state of a run, and a rule may need. */
public enum class Fact {
    /** When the release was published. */
    RELEASED_AT,

    /** The domain it serves. */
    DOMAIN,

    /** The address it runs at. */
    ADDRESS,

    /** The installation. */
    INSTANCE,
}

package io.github.countersign

/** What a decision is wanted for. */
public enum class Purpose {
    /** To run the product. */
    RUN,

    /** To install a release. */
    UPDATE,

    /** To be given support. */
    SUPPORT,
}

package io.github.countersign

import io.github.countersign.internal.call
import io.github.countersign.internal.instanceOfFile as nativeInstanceOfFile
import io.github.countersign.internal.instanceOfVariable as nativeInstanceOfVariable
import io.github.countersign.internal.public
import java.nio.file.Path

/** How a container or a pod names the instance that it is. */
public object Machine {
    /**
     * The instance that an environment variable names.
     *
     * @throws InvalidValueException `instance_unset` or `invalid_instance`
     */
    @JvmStatic
    public fun instanceOfVariable(name: String): Instance = call { public(nativeInstanceOfVariable(name)) }

    /**
     * The instance that a file names, as it is mounted into a container: its first line.
     *
     * @throws InvalidValueException `instance_unread` or `invalid_instance`
     */
    @JvmStatic
    public fun instanceOfFile(path: Path): Instance = call { public(nativeInstanceOfFile(path.toString())) }
}

package io.github.countersign

import java.io.File

/** What the `main` of a class prints in a process of its own, in that folder. */
fun printed(
    program: String,
    vararg options: String,
    classPath: String = System.getProperty("java.class.path"),
    environment: Map<String, String> = emptyMap(),
    folder: File? = null,
): String {
    val java = File(System.getProperty("java.home"), "bin/java").path
    val started = ProcessBuilder(listOf(java, "-Dworkspace=${Vectors.workspace}", *options, "-cp", classPath, program))
        .redirectError(ProcessBuilder.Redirect.INHERIT).directory(folder)
    started.environment() += environment
    val process = started.start()
    val printed = process.inputStream.bufferedReader().readText()
    process.waitFor()
    return printed.trim()
}

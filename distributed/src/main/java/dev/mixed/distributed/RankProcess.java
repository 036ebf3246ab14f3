// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The process of a rank: a JVM with this one's flags and class path, and an environment that says which rank it is. */
public final class RankProcess {
    /** Set in the environment of a rank whose standard input ends with the process that started it: it is to end then, too. */
    public static final String LAUNCHED = "MIXED_LAUNCHED";
    /** Flags that are this process's alone: its descriptors, ports and files. */
    private static final List<String> OWN = List.of("-Dmixed.stderr=", "-agentlib:jdwp", "-Xrunjdwp", "-XX:AOTCacheOutput=", "-XX:AOTConfiguration=",
            "-XX:AOTMode=", "-XX:ArchiveClassesAtExit=");

    private RankProcess() {
    }

    /**
     * A process that is not started yet.
     *
     * @param environment which rank it is
     * @param more        further variables of its environment
     * @param mainClass   that it runs
     * @param arguments   of the main class
     */
    public static ProcessBuilder of(RankEnvironment environment, Map<String, String> more, String mainClass, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(flag -> OWN.stream().noneMatch(flag::startsWith)).forEach(command::add);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(mainClass);
        command.addAll(arguments);
        ProcessBuilder process = new ProcessBuilder(command);
        process.environment().putAll(environment.variables());
        process.environment().putAll(more);
        return process;
    }

    /** A port of this machine that nobody listens on, for ranks that are all here to find each other by. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}

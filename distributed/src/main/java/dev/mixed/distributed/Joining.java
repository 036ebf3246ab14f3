// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Who joins: what a rank says of itself first.
 *
 * @param address at which others reach it
 * @param host    name of its machine
 */
record Joining(int rank, int worldSize, long process, String address, String host) {
    /** Ranks of other versions would misunderstand each other. */
    private static final String PROTOCOL = "miXed-ranks-1";

    static Joining of(RankEnvironment environment, String address) {
        return new Joining(environment.rank(), environment.worldSize(), ProcessHandle.current().pid(), address, hostName());
    }

    /** The name of this machine. */
    static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "an unnamed machine";
        }
    }

    String text() {
        return String.join("\n", PROTOCOL, String.valueOf(rank), String.valueOf(worldSize), String.valueOf(process), address, host);
    }

    /** What {@link #text} says; an {@link IllegalArgumentException} where another version of miXed wrote it. */
    static Joining parse(String text) {
        String[] parts = text.split("\n", -1);
        if (!parts[0].equals(PROTOCOL) || parts.length != 6) {
            throw new IllegalArgumentException("'" + parts[0] + "' there, '" + PROTOCOL + "' here");
        }
        return new Joining(Integer.parseInt(parts[1]), Integer.parseInt(parts[2]), Long.parseLong(parts[3]), parts[4], parts[5]);
    }

    /** As sentences name it. */
    String named() {
        return "rank " + rank + " (process " + process + " on " + host + ")";
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.process;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Names of machines, for messages. */
public final class Hosts {
    private Hosts() {
    }

    /** This machine's name. */
    public static String local() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

/** Is told how far downloads are, and what could not be asked of the hub. */
public interface DownloadProgress {
    /** Tells nobody. */
    DownloadProgress NONE = new DownloadProgress() {
    };

    /** A file begins, of which an earlier download has left {@code done} bytes. */
    default void start(String file, long done, long total) {
    }

    /** So many bytes are there. */
    default void advance(long done) {
    }

    /** One sentence on what is used although it may not be whole. */
    default void notice(String sentence) {
    }

    /** The file has ended, or failed. */
    default void end() {
    }
}

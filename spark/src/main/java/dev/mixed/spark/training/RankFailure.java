// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.training;

/** Says in a sentence why a rank failed, and whether another attempt may do better. */
final class RankFailure extends RuntimeException {
    private static final long serialVersionUID = 1;
    /** Begins what is written down of a failure that each further attempt would have too. */
    static final String FINAL = "final: ";
    private final boolean again;

    RankFailure(String sentence, boolean again) {
        super(sentence);
        this.again = again;
    }

    boolean again() {
        return again;
    }

    static boolean isFinal(String written) {
        return written.startsWith(FINAL);
    }

    static String sentence(String written) {
        return isFinal(written) ? written.substring(FINAL.length()) : written;
    }
}

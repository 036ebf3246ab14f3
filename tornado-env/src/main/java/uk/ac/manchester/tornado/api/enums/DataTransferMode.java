// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.enums;

/** When an array is copied between host and device. */
public class DataTransferMode {
    /** Once, before the first run: later changes on the host are not seen. */
    public static final int FIRST_EXECUTION = 0;
    /** In every run. */
    public static final int EVERY_EXECUTION = 1;
    /** Only when the program asks for it. */
    public static final int UNDER_DEMAND = 2;
}

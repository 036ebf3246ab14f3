// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.enums;

/** Whether the times of a run are printed, or only kept for the program to read. */
public enum ProfilerMode {
    CONSOLE, SILENT
}

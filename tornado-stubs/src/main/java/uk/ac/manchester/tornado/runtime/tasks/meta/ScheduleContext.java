// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.tasks.meta;

/** What TornadoVM knows of a graph. */
public class ScheduleContext extends AbstractRTContext {
    ScheduleContext() {
    }
}

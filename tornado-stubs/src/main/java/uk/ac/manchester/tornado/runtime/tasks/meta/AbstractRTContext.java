// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.tasks.meta;

import uk.ac.manchester.tornado.api.runtime.TaskContextInterface;

/** What TornadoVM knows of a graph or a task. */
public abstract class AbstractRTContext implements TaskContextInterface {
    AbstractRTContext() {
    }
}

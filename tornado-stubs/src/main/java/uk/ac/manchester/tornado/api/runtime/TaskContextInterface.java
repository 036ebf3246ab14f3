// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.runtime;

/** What TornadoVM knows of a task. */
public interface TaskContextInterface {
}

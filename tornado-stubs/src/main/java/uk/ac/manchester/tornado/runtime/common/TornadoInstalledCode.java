// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.common;

/** Code that a device runs. */
public interface TornadoInstalledCode {
}

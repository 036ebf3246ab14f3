// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

/**
 * A copy of an array to the GPU.
 *
 * @param device address there
 * @param host   address here
 * @param bytes  how many
 */
record DeviceCopy(long device, long host, long bytes) {
}

// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

/**
 * Bytes of device memory that training needs, inputs and a few numbers aside.
 *
 * @param weights     float weights
 * @param gradients   their float gradients
 * @param moments     the optimizer's
 * @param activations all that one step computes and forgets, as the memory planner lays it out: activations, their gradients, and in mixed precision
 *                    the half copies of weights
 */
public record DeviceMemory(long weights, long gradients, long moments, long activations) {
    public long total() {
        return weights + gradients + moments + activations;
    }
}

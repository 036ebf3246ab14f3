// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda.graal.lir;

import jdk.vm.ci.meta.PlatformKind;

/** The types of CUDA C's values. */
public enum CUDAKind implements PlatformKind {
    INT, LONG, FLOAT, MMA_FRAG_A_F16, MMA_FRAG_ACC_F32;

    @Override
    public Key getKey() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int getSizeInBytes() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int getVectorLength() {
        throw new UnsupportedOperationException();
    }

    @Override
    public char getTypeChar() {
        throw new UnsupportedOperationException();
    }
}

// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

/** Fragments of 8x8 matrices of halves between shared memory and registers; all lanes of the warp take part. */
public final class Matrices {
    private Matrices() {
    }

    /**
     * ldmatrix.x4: word i of each lane is a pair of matrix i: row lane / 4, columns 2 (lane % 4) and the next. Lane 8 i + r gives the address, a
     * multiple of 16, of row r of matrix i.
     */
    @CudaC("asm volatile(\"ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];\" : @{4|, |\"=r\"($0[($1)+#])} : \"r\"($2) : \"memory\")")
    public static void load(int[] to, int at, int address) {
        DeviceThread.current().loadMatrices(to, at, address, false);
    }

    /** {@link #load} of matrices that are transposed on the way. */
    @CudaC("asm volatile(\"ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];\" : @{4|, |\"=r\"($0[($1)+#])} : \"r\"($2) : \"memory\")")
    public static void loadTransposed(int[] to, int at, int address) {
        DeviceThread.current().loadMatrices(to, at, address, true);
    }

    /** stmatrix.x4: the way back of {@link #load}. */
    @CudaC(value = "asm volatile(\"stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1,%2,%3,%4};\" :: \"r\"($0), \"r\"($1), \"r\"($2), \"r\"($3), \"r\"($4) : \"memory\")",
            needs = Capability.SM_90)
    public static void store(int address, int first, int second, int third, int fourth) {
        DeviceThread.current().storeMatrices(address, new int[] {first, second, third, fourth}, false);
    }

    /** {@link #store} of matrices that are transposed on the way. */
    @CudaC(value = "asm volatile(\"stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1,%2,%3,%4};\" :: \"r\"($0), \"r\"($1), \"r\"($2), \"r\"($3), \"r\"($4) : \"memory\")",
            needs = Capability.SM_90)
    public static void storeTransposed(int address, int first, int second, int third, int fourth) {
        DeviceThread.current().storeMatrices(address, new int[] {first, second, third, fourth}, true);
    }
}

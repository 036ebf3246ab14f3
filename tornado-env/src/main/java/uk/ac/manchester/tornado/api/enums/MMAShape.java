// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.enums;

/** The tile sizes that one tensor-core instruction multiplies. */
public enum MMAShape {
    M16N8K16("m16n8k16"),
    M16N8K32("m16n8k32");

    private final String ptxName;

    MMAShape(String ptxName) {
        this.ptxName = ptxName;
    }

    /** The shape's name in PTX instructions. */
    public String getPtxName() {
        return ptxName;
    }
}

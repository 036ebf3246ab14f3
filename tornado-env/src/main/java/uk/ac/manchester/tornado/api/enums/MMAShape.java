package uk.ac.manchester.tornado.api.enums;

/** The tile shapes of a warp's matrix multiplication, rows x columns x depth. */
public enum MMAShape {
    M16N8K16("m16n8k16"),
    M16N8K32("m16n8k32");

    private final String ptxName;

    MMAShape(String ptxName) {
        this.ptxName = ptxName;
    }

    /** The shape's part of the PTX instruction's name. */
    public String getPtxName() {
        return ptxName;
    }
}

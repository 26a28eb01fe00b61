"""Names in files, tables and the configuration: networks, their scores, and what they are compared with.

Without a library: what only shows results, and Snakemake, need not load those that compute them.
"""

DENSITY_CNN, IMAGE_CNN, D_MPNN = "density_cnn", "image_cnn", "d_mpnn"  # of the first and of the third paper
ATTENTION, GRADCAM, INTEGRATED = "attention", "gradcam", "integrated_gradients"
NUMBERS = {  # of a graph, which tell states apart without a network
    "neighbour_distance": "mean distance of neighbours",
    "distance_deviation": "deviation of the distances of neighbours",
    "pairs_AA": "share of neighbours A-A",
}
RANDOM = "random"  # artificial configurations without symmetry

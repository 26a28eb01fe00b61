"""Swanson, Trivedi, Lequieu, Swanson and Kondor: Deep learning for automated classification and characterization of
amorphous materials, Soft Matter 16, 435 (2020), with its supplement."""

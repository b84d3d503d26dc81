"""Published weights to weight files of this project.

Caffe's: `caffe_schema` knows the file format, `caffemodel` takes layers and means out of a file that nobody
vouches for, `targets` lists the networks that can be filled, `mapping` turns Caffe's layouts into Keras'.
Torch's: `torch_pickle` reads a pickle without unpickling it, `torch_file` takes the arrays out of a file of
it, `lite_mapping` turns those of EfficientNet-Lite into Keras'. `conversion` makes one file of the other.
"""

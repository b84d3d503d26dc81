"""Published Caffe weights to weight files of this project.

`caffe_schema` knows the file format, `caffemodel` takes layers and means out of a file that nobody vouches
for, `targets` lists the networks that can be filled, `mapping` turns Caffe's layouts into Keras', and
`conversion` makes one file of the other.
"""

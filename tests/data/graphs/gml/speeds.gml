graph [
  Note "Made up. LinkSpeedRaw is in bits per second, delay in milliseconds."
  node [ id 0 label "a" ]
  node [ id 1 label "b" ]
  node [ id 2 label "c" ]
  edge [ source 0 target 1 LinkSpeedRaw 1280 delay 250 ]
  edge [ source 1 target 2 LinkSpeedRaw 640 delay 125 ]
]

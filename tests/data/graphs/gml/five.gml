Creator "by hand"
Version 1
graph [
  name "five"
  node [
    id 10
    label "K&#246;ln"
    graphics [
      x 0
      y 0.0
      w 30
    ]
  ]
  node [
    id 11
    label "Sankt Augustin"
    graphics [ x 1 y 0 ]
  ]
  node [ id 12 label "Bonn &quot;S&#xFC;d&#34;" graphics [ x +1 y -1.5 ] ]
  node [ id 13 label "A&amp;B <C>" graphics [ x 2 y 1e1 ] ]
  node [ id 14 label "Oslo" graphics [ x 3.25 y 12 ] ]
  # edges in any order
  edge [ source 13 target 14 rate 1.5 ]
  edge [ source 10 target 11 rate 5E-1 ]
  edge [ target 12 source 10 rate 1 ]
  edge [ source 11 target 12 rate 2 weight 99 ]
  edge [
    source 12
    target 13
    rate 0.25
  ]
]

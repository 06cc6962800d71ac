graph [
  DateObtained "22/10/10"
  label "MadeUp"
  directed 0
  multigraph 1
  node [ id 0 label "Springfield" Country "A" Longitude 8.0 Latitude 50.0 ]
  node [ id 1 label "Springfield" Country "B" Longitude 10.0 Latitude 52.0 ]
  node [ id 2 label "Nowhere" hyperedge 0 ]
  node [ id 3 Longitude 7.0 Latitude 51.0 ]
  node [ id 4 label "Island" Longitude 0.0 Latitude 0.0 ]
  edge [ source 0 target 1 LinkSpeed "1" ]
  edge [ source 0 target 1 key 1 ]
  edge [ source 1 target 0 key 2 ]
  edge [ source 1 target 2 LinkLabel "two
lines" ]
  edge [ source 2 target 0 deep [ er [ and [ deeper 1 ] ] ] ]
  edge [ source 2 target 2 ]
  edge [ source 3 target 0 ]
]

"""How far it is to a country at least: to the nearest corner or side of the boxes it lies in.

The boxes are whole degrees and a degree or two larger than the land in them; places of a few hundred people far out
at sea may lie outside. They tell what is out of reach for certain, and nothing of how near anything is.

Source: the outlines of Natural Earth (public domain) and the places of GeoNames (CC BY 4.0), rounded outward.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from math import atan2, cos, degrees, radians, sin
from typing import NamedTuple

from omscore.places import Point, distance_km


class Box(NamedTuple):
    """A piece of a country. Units: degrees, west and south below zero."""

    west: int
    south: int
    east: int
    north: int


@lru_cache(maxsize=1)
def boxes() -> Mapping[str, tuple[Box, ...]]:
    """The boxes of every country that has any, by its code.

    >>> boxes()["DE"]
    (Box(west=4, south=46, east=17, north=57),)
    """
    found = {}
    for entry in _BOXES.split(";"):
        country, *degrees_of = entry.split()
        bounds = list(map(int, degrees_of))
        found[country] = tuple([Box(*bounds[at : at + 4]) for at in range(0, len(bounds), 4)])
    return found


def least_km(point: Point, country: str) -> float:
    """How far the country is from the point at least; 0 within it, and for a country nobody knows.

    >>> munich = Point(48.1, 11.6)
    >>> least_km(munich, "AT"), round(least_km(munich, "US"), -2), least_km(munich, "ZZ")
    (0.0, 5300.0, 0.0)
    """
    return min([_km(point, box) for box in boxes().get(country, ())], default=0.0)


def _km(point: Point, box: Box) -> float:
    if box.west <= point.lon <= box.east:
        return distance_km(point, Point(_within(point.lat, box.south, box.north), point.lon))
    return min(_km_to_side(point, lon, box) for lon in (box.west, box.east))


def _km_to_side(point: Point, lon: int, box: Box) -> float:
    """To the western or eastern side: to the nearest spot of its meridian if that is on it, else to a corner."""
    lat = radians(point.lat)
    nearest = degrees(atan2(sin(lat), cos(lat) * cos(radians(point.lon - lon))))
    spots = [box.south, box.north, *[nearest] * (box.south < nearest < box.north)]
    return min([distance_km(point, Point(spot, lon)) for spot in spots])


def _within(value: float, least: int, most: int) -> float:
    return max(least, min(most, value))


_BOXES = """
AD 0 41 3 44; AE 50 21 58 28; AF 59 28 77 40; AG -63 16 -60 19; AI -65 17 -62 20; AL 18 38 23 44; AM 42 37 48 43; AO
10 -20 26 -3; AQ -180 -90 180 -62; AR -75 -57 -52 -20; AS -173 -16 -168 -10; AT 8 45 19 51; AU 112 -45 155 -9; AW
-72 11 -68 14; AX 18 58 23 62; AZ 43 37 52 43; BA 14 41 21 47; BB -61 12 -58 15; BD 87 19 94 28; BE 1 48 8 53; BF -7
8 4 17; BG 21 40 30 46; BH 49 25 52 28; BI 28 -6 32 -1; BJ -1 5 5 14; BL -64 16 -61 19; BM -66 31 -63 34; BN 113 3
117 7; BO -71 -24 -56 -8; BQ -70 11 -67 14 -65 16 -61 19; BR -75 -35 -31 7; BS -81 19 -71 29; BT 87 25 94 30; BW 18
-28 31 -16; BY 22 50 34 58; BZ -91 14 -86 20; CA -142 40 -51 85; CC 95 -14 98 -11; CD 11 -15 33 7; CF 13 1 29 13; CG
10 -7 20 5; CH 5 44 12 49; CI -10 3 -1 12; CK -161 -23 -158 -20; CL -111 -29 -108 -26 -80 -57 -65 -16; CM 7 0 18 14;
CN 72 15 137 55; CO -83 -6 -65 15; CR -87 7 -81 13; CU -86 18 -73 25; CV -27 13 -21 19; CW -71 11 -67 14; CX 104 -12
107 -9; CY 31 33 36 37; CZ 11 47 20 53; DE 4 46 17 57; DJ 40 9 45 14; DK 7 53 17 59; DM -63 14 -60 17; DO -73 16 -67
21; DZ -10 18 13 39; EC -92 -2 -88 1 -82 -6 -74 3; EE 21 56 30 61; EG 23 21 38 33; EH -19 19 -7 29; ER 35 11 45 19;
ES -20 26 -12 31 -11 34 6 45; ET 31 2 49 16; FI 19 58 33 72; FJ -180 -20 -177 -15 176 -20 180 -11; FK -63 -54 -56
-50; FM 136 0 165 11; FO -9 60 -5 64; FR -56 1 -50 7 -7 40 11 53; GA 7 -5 16 4; GB -9 48 3 62 31 33 35 36; GD -63 11
-60 14; GE 38 40 48 45; GF -56 2 -50 7; GG -4 48 -1 51; GH -5 3 3 13; GI -7 35 -4 38; GL -75 59 -11 85; GM -18 12
-12 15; GN -17 6 -6 14; GP -63 14 -60 18; GQ 4 -3 13 5; GR 18 33 31 43; GS -38 -56 -35 -53; GT -94 12 -87 19; GU 143
12 146 15; GW -18 10 -12 14; GY -63 0 -55 10; HK 112 21 116 24; HN -91 11 -82 18; HR 12 41 21 48; HT -76 17 -70 21;
HU 15 44 24 50; ID 94 -12 143 7; IE -12 50 -5 57; IL 33 28 37 35; IM -6 53 -3 56; IN 67 6 99 37; IO 71 -9 74 -6; IQ
37 28 50 39; IR 43 24 65 41; IS -26 62 -12 68; IT 5 34 20 49; JE -4 48 -1 51; JM -80 16 -75 20; JO 33 28 41 35; JP
122 23 147 47; KE 32 -6 43 7; KG 68 38 82 45; KH 101 9 109 16; KI -161 0 -156 5 171 -4 178 5; KM 42 -14 46 -10; KN
-64 16 -61 19; KP 123 36 132 44; KR 123 32 132 40; KW 45 27 50 32; KY -83 18 -78 21; KZ 45 39 89 57; LA 99 12 109
24; LB 34 32 38 36; LC -63 12 -59 16; LI 8 46 11 49; LK 78 4 83 11; LR -13 3 -6 10; LS 25 -32 31 -27; LT 19 52 28
58; LU 4 48 8 52; LV 20 54 30 59; LY 8 18 27 35; MA -19 20 0 37; MC 6 42 9 45; MD 25 44 32 50; ME 17 40 22 45; MF
-65 17 -62 20; MG 42 -27 52 -11; MH 161 3 173 13; MK 19 39 24 44; ML -14 9 6 26; MM 91 8 103 30; MN 86 40 121 54; MO
112 21 115 24; MP 144 13 147 17; MQ -63 13 -59 16; MR -19 13 -3 29; MS -64 15 -61 18; MT 13 34 16 38; MU 55 -12 58
-9 56 -22 65 -15; MV 71 -2 75 8; MW 31 -18 37 -8; MX -119 13 -85 34; MY 98 0 106 8 108 -1 121 8; MZ 29 -28 42 -9; NA
10 -31 27 -15; NC 162 -24 170 -18; NE -1 10 17 25; NF 166 -31 169 -28; NG 1 3 16 15; NI -89 9 -82 17; NL 2 49 9 55;
NO 3 57 33 73 9 75 29 82; NP 79 25 90 32; NR 165 -2 168 1; NU -171 -21 -168 -18; NZ -178 -45 -175 -42 165 -48 180
-33; OM 51 15 61 28; PA -84 6 -76 11; PE -83 -20 -67 1; PF -153 -25 -148 -21 -153 -19 -144 -13 -142 -20 -139 -17
-142 -11 -138 -7 -138 -20 -135 -17 -136 -25 -133 -22; PG 140 -12 158 -1; PH 116 3 128 22; PK 59 22 79 39; PL 13 48
26 56; PM -58 45 -55 49; PN -132 -27 -129 -24; PR -69 16 -64 20; PS 33 30 37 34; PT -33 35 -24 41 -19 31 -15 35 -11
35 -5 44; PW 130 2 136 10; PY -64 -29 -53 -18; QA 49 23 53 28; RE 54 -23 57 -19; RO 19 42 31 50; RS 17 41 24 48; RU
-180 63 -168 73 18 53 24 57 26 40 180 83; RW 27 -4 32 0; SA 33 15 57 34; SB 155 -12 167 -5; SC 54 -6 57 -3; SD 20 7
40 23; SE 10 54 26 71; SG 102 0 105 3; SH -16 -9 -13 -6 -14 -39 -11 -36 -7 -17 -4 -14; SI 12 44 18 48; SJ -10 69 -7
72 14 77 17 80; SK 15 46 24 51; SL -15 5 -9 12; SM 11 42 14 45; SN -19 11 -10 18; SO 39 -3 53 14; SR -60 0 -52 8; SS
22 2 37 14; ST 5 -1 9 3; SV -92 12 -86 16; SX -65 17 -62 20; SY 34 31 44 39; SZ 29 -29 34 -24; TC -74 20 -70 23; TD
12 6 25 25; TF 67 -51 72 -47; TG -2 4 3 13; TH 96 4 107 22; TJ 66 35 76 42; TK -174 -11 -170 -7; TL 123 -11 129 -7;
TM 51 34 68 44; TN 6 29 13 39; TO -177 -23 -172 -14; TR 24 34 46 44; TT -63 9 -59 13; TV 175 -10 180 -5; TW 117 20
123 28; TZ 28 -13 42 1; UA 21 43 42 54; UG 28 -3 37 6; US -173 52 -128 73 -161 17 -153 24 -126 23 -65 51; UY -60 -36
-52 -29; UZ 54 36 75 47; VA 11 40 14 43; VC -63 11 -60 15; VE -75 -1 -58 14; VG -66 17 -63 20; VI -66 16 -63 20; VN
101 7 114 25; VU 165 -21 171 -12; WF -180 -16 -175 -12; WS -174 -16 -170 -12; XK 19 40 23 45; YE 41 11 56 21; YT 44
-14 47 -11; ZA 15 -36 34 -21; ZM 20 -19 35 -7; ZW 24 -24 34 -14
"""
"""By country, each box as west, south, east, north."""

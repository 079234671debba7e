"""Names that nobody has: flowers, trees and birds before things of an office."""

from typing import Final

GIVEN: Final = (
    "Alder", "Anemone", "Aspen", "Aster", "Avocet", "Bracken", "Bramble", "Bryony", "Campion", "Cedar",
    "Celandine", "Clover", "Comfrey", "Coriander", "Cricket", "Cypress", "Dahlia", "Dunnock", "Elder",
    "Fennel", "Fern", "Finch", "Foxglove", "Gentian", "Harebell", "Hazel", "Heather", "Hemlock",
    "Heron", "Hyssop", "Iris", "Ivy", "Juniper", "Kestrel", "Larch", "Lark", "Laurel", "Lavender",
    "Linnet", "Lovage", "Magnolia", "Mallow", "Maple", "Marigold", "Martin", "Merlin", "Myrtle",
    "Nettle", "Oakley", "Oleander", "Olive", "Pansy", "Peony", "Pipit", "Plover", "Poppy", "Primrose",
    "Quail", "Robin", "Rosemary", "Rowan", "Rue", "Rush", "Saffron", "Sage", "Senna", "Sorrel", "Swift",
    "Tamarisk", "Tansy", "Teal", "Thistle", "Thyme", "Verbena", "Violet", "Willow", "Woodruff", "Wren",
    "Yarrow", "Zinnia",
)  # fmt: skip
"""Given names."""

FAMILY: Final = (
    "Archive", "Binder", "Blotter", "Calendar", "Carbon", "Cardbox", "Clipboard", "Copyist", "Counter",
    "Dossier", "Drawer", "Envelope", "Exampleby", "Fictionby", "Folder", "Footnote", "Headline",
    "Indexer", "Inkwell", "Ledgerby", "Letterhead", "Margin", "Memoby", "Mockwell", "Notepad",
    "Paperweight", "Parchment", "Pencilby", "Placeholder", "Quillby", "Register", "Sampleby",
    "Samplesson", "Shelfmark", "Specimen", "Stamper", "Staple", "Stapleton-Test", "Testerby",
    "Testwell", "Typist", "Vellum", "Watermark",
)  # fmt: skip
"""Family names."""

STREETS: Final = ("Sample Street", "Example Avenue", "Specimen Road", "Placeholder Lane", "Mock Square")
"""Streets of a town that is on no map."""

AREAS: Final = (202, 212, 213, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 808, 907)
"""Area codes whose numbers 555-0100 to 555-0199 are reserved for stories."""


def phone(number: int) -> str:
    """The telephone number of a client, E.164; the first 1,500 are all different."""
    return f"+1{AREAS[number // 100 % len(AREAS)]}55501{number % 100:02d}"

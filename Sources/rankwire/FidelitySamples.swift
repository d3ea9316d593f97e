/// Texts of the kinds the encoder will read - products, searches, personas, customers' sentences,
/// short and long - on which an import measures how near int8 stays to fp32. `--samples` takes others.
let fidelitySamples: [String] = [
    "whole milk", "organic bananas", "AA batteries 24 pack", "running shoes", "gluten free pasta",
    "red wine", "dog food grain free", "usb c charger", "baby wipes", "laundry detergent pods",
    "Ground coffee, dark roast. Coffee, 12 oz", "Greek yogurt, plain nonfat, 32 oz tub",
    "Stainless steel water bottle with straw lid, 750 ml, keeps drinks cold for a day",
    "Men's waterproof hiking boots, leather, wide fit, size 11",
    "Women's cotton crew neck T-shirt, navy blue, pack of 3",
    "Wireless noise cancelling headphones with 30 hours of battery life and a folding case",
    "Cordless drill driver kit with two 18 V batteries, charger and carrying bag",
    "Frozen pizza, four cheese, thin crust", "Chicken breast fillets, boneless and skinless, 2 lb",
    "Sparkling water, lime, 12 cans", "Natural peanut butter, crunchy, no added sugar",
    "Sourdough bread, sliced", "Free range eggs, large, one dozen", "Frozen mixed vegetables",
    "Shampoo for dry and damaged hair with argan oil", "Electric toothbrush replacement heads",
    "Multivitamin for adults over fifty, 120 tablets", "Sunscreen lotion SPF 50, fragrance free",
    "Cat litter, clumping, unscented, 20 lb", "Wooden train set for toddlers with 80 pieces",
    "Board game for two to four players, ages ten and up, plays in forty minutes",
    "Hardcover notebook, dotted, A5", "Ballpoint pens, black, box of 50", "4K monitor, 27 inch",
    "Mechanical keyboard with brown switches", "Garden hose, 50 ft, with spray nozzle",
    "LED light bulbs, warm white, dimmable", "Queen size memory foam mattress, medium firm",
    "Cast iron skillet, 12 inch, pre-seasoned", "Non-stick frying pan", "Chef's knife, 8 inch",
    "Where is my order?", "My package never arrived, can you find out what happened to it?",
    "I want to return the shoes I bought last week because they are too small",
    "How long does a refund take to reach my card?", "Do you ship to Canada?",
    "The discount code does not work at checkout", "cancel my order please",
    "I was charged twice for the same thing and would like one of the payments back",
    "Can I change the delivery address after I have paid?", "the screen is cracked",
    "How do I reset my password? The mail with the link never comes.",
    "Is this jacket also available in green, and will there be a sale before winter?",
    "I'd like to speak to a person, this is the third time I am writing about it",
    "What is the warranty on the coffee machine?", "please delete my account and all my data",
    "Does the subscription renew by itself, and how do I stop it?",
    "A young family that buys organic vegetables, diapers and a lot of fruit",
    "Student who lives on frozen meals and energy drinks", "retired couple, keen gardeners",
    "Someone who cooks Italian food from scratch and likes good wine",
    "New parents looking for baby formula, wipes and an easy dinner after work",
    "Outdoor person: tents, hiking boots, trail snacks, rain jackets",
    "Loves cats, reads crime novels, drinks green tea", "office manager buying supplies in bulk",
    "Home baker who needs flour, butter, vanilla and new cake tins",
    "Runner training for a marathon: shoes, gels, compression socks and a sports watch",
    "The weather was fine on Sunday and we walked along the river until it got dark.",
    "Delivery was quick and the box was intact, but the blender is much louder than I expected.",
    "Five stars. Fits perfectly, washes well and the colour is exactly as in the pictures.",
    "Broke after two days. I do not recommend it to anyone who plans to use it more than once.",
    "It does what it says; the manual could be better, but my grandmother managed to set it up.",
    "Save 20% on all dairy products this weekend", "Buy two packs of pasta, get the sauce free",
    "New in store: plant based burgers and sausages", "Back to school: backpacks from 15 dollars",
    "Redeem this coupon for one dollar off any frozen dessert before the end of the month",
    "crème brûlée torch", "jalapeño peppers, fresh", "Müsli with nuts", "café au lait",
    "12345", "SKU 99-1045/B", "3.5mm jack to RCA cable 2m", "A4 paper 80g/m2 500 sheets",
    "hello", "a", "thank you very much!", "???", "no", "GROCERY > FLUID MILK PRODUCTS > WHITE ONLY",
    """
    This is a longer description of the kind that sellers paste into a catalogue: the chair has a \
    solid beech frame, a seat of woven paper cord and a back that follows the spine; it carries \
    120 kilograms, is delivered assembled in a recycled box, can be oiled once a year with the \
    bottle that comes with it, and is made in small numbers in a workshop near the sea, so two \
    chairs are never exactly alike in grain or colour.
    """,
    """
    Hello, I ordered a washing machine three weeks ago and it was supposed to come last Tuesday \
    between eight and twelve. I took the day off, nobody came and nobody called. On the phone I was \
    told that the driver could not find the house, which is odd, because he found it when he brought \
    the dryer. I would like a new date, on a Saturday, and I would like someone to carry the old \
    machine away as I was promised when I paid for it.
    """,
]

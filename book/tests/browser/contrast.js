// The texts on the page that are too close to their background in colour (WCAG 2.2, success criterion 1.4.3 AA), as
// an expression: a list of lines. Colours are mixed as the browser does it, from the root down.
(() => {
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const known = new Map();
    // Any notation of a colour, as red, green, blue from 0 to 255 and alpha from 0 to 1.
    const read = (notation) => {
        if (!known.has(notation)) {
            context.clearRect(0, 0, 1, 1);
            context.fillStyle = notation;
            context.fillRect(0, 0, 1, 1);
            const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
            known.set(notation, [red, green, blue, alpha / 255]);
        }
        return known.get(notation);
    };
    const over = (below, [red, green, blue, alpha], opacity) =>
        [red, green, blue].map((part, at) => part * alpha * opacity + below[at] * (1 - alpha * opacity));
    const luminance = (colour) => {
        const [red, green, blue] = colour.map((part) => part / 255)
            .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ratio = (one, other) => {
        const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    };
    const seen = new Map();
    // What lies behind the text of an element, and how opaque the element is.
    const behind = (element) => {
        if (!element) {
            return { colour: [255, 255, 255], opacity: 1 };
        }
        if (!seen.has(element)) {
            const below = behind(element.parentElement);
            const style = getComputedStyle(element);
            const opacity = below.opacity * style.opacity;
            seen.set(element, { colour: over(below.colour, read(style.backgroundColor), opacity), opacity });
        }
        return seen.get(element);
    };
    // What lies behind the place of a picture: the shapes that were drawn before the text, the first one lowest.
    const behindInPicture = (text, place) => {
        const picture = text.ownerSVGElement;
        const { colour, opacity } = behind(picture);
        const shapes = [...picture.querySelectorAll("rect, circle, ellipse, path, polygon")].filter((shape) => {
            const isEarlier = shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
            return isEarlier && !shape.closest("defs") && getComputedStyle(shape).fill !== "none"
                && shape.isPointInFill(place.matrixTransform(shape.getScreenCTM().inverse()));
        });
        return shapes.reduce((below, shape) => {
            const style = getComputedStyle(shape);
            return over(below, read(style.fill), opacity * style.opacity * style.fillOpacity);
        }, colour);
    };
    // The middle of a text in a picture, and places near its ends.
    const places = (text) => {
        const box = text.getBBox();
        return [0.05, 0.5, 0.95].map((share) =>
            new DOMPoint(box.x + share * box.width, box.y + box.height / 2).matrixTransform(text.getScreenCTM()));
    };
    const faults = new Map();
    const note = (found, large, what, text) => {
        if (found < (large ? 3 : 4.5)) {
            faults.set(`${found.toFixed(2)}: ${what}`, text.trim().slice(0, 30));
        }
    };
    // 18 points, or 14 points and bold.
    const isLarge = (pixels, weight) => pixels >= 24 || (pixels >= 18.66 && weight >= 700);
    const judgeInPicture = (element, text) => {
        const style = getComputedStyle(element);
        const pixels = parseFloat(style.fontSize) * element.getScreenCTM().a;
        for (const place of places(element)) {
            const colour = behindInPicture(element, place);
            const found = ratio(over(colour, read(style.fill), style.opacity * style.fillOpacity), colour);
            const what = `${style.fill} on rgb(${colour.map(Math.round)}) in a picture`;
            note(found, isLarge(pixels, style.fontWeight), what, text);
        }
    };
    const judge = (element, text) => {
        const visible = { contentVisibilityAuto: true, visibilityProperty: true };
        const isSeen = element.checkVisibility(visible) && !element.closest("script, style, title, desc, :disabled");
        if (text.trim() === "" || !isSeen) {
            return;
        }
        if (element.ownerSVGElement) {
            judgeInPicture(element, text);
            return;
        }
        const style = getComputedStyle(element);
        const { colour, opacity } = behind(element);
        const name = element.className === "" ? element.localName : `${element.localName}.${element.className}`;
        note(
            ratio(over(colour, read(style.color), opacity), colour),
            isLarge(parseFloat(style.fontSize), style.fontWeight),
            `${style.color} on rgb(${colour.map(Math.round)}) in ${name}`,
            text,
        );
    };
    // A picture that is opened by itself has no body.
    const root = document.body ?? document.documentElement;
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        judge(texts.currentNode.parentElement, texts.currentNode.data);
    }
    document.querySelectorAll("input").forEach((each) => judge(each, each.value || each.placeholder));
    return [(root.innerText ?? root.textContent).length, [...faults]];
})()

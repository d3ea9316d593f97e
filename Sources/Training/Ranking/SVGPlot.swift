// Line plots as SVG, for model cards: one frame, two axes, a few lines.

private import Foundation

struct SVGPlot {
    struct Line {
        var points: [SIMD2<Double>]
        var colour = "#1f6feb"
        var isDashed = false
        var hasDots = false
    }

    var title: String
    var horizontal: String
    var vertical: String
    var range: (x: ClosedRange<Double>, y: ClosedRange<Double>)
    var lines: [Line]
    var width = 320.0
    var height = 240.0

    private static let margin = (left: 52.0, right: 12.0, top: 28.0, bottom: 40.0)

    /// A whole picture.
    var document: String { Self.document([self], columns: 1) }

    /// Several side by side.
    static func document(_ plots: [SVGPlot], columns: Int) -> String {
        let (width, height) = (plots.first?.width ?? 0, plots.first?.height ?? 0)
        let rows = (plots.count + columns - 1) / columns
        var text = String(
            format: "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                + "font-family=\"sans-serif\" font-size=\"10\">\n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
            width * Double(min(columns, max(plots.count, 1))), height * Double(rows))
        for (index, plot) in plots.enumerated() {
            text += String(
                format: "<g transform=\"translate(%.0f %.0f)\">\n",
                width * Double(index % columns), height * Double(index / columns))
            text += plot.body + "</g>\n"
        }
        return text + "</svg>\n"
    }

    private var body: String {
        let margin = Self.margin
        let frame = (
            x: margin.left, y: margin.top, width: width - margin.left - margin.right,
            height: height - margin.top - margin.bottom
        )
        func place(_ point: SIMD2<Double>) -> String {
            let x = (point.x - range.x.lowerBound) / (range.x.upperBound - range.x.lowerBound)
            let y = (point.y - range.y.lowerBound) / (range.y.upperBound - range.y.lowerBound)
            return String(
                format: "%.1f,%.1f", frame.x + min(max(x, 0), 1) * frame.width,
                frame.y + (1 - min(max(y, 0), 1)) * frame.height)
        }
        var text = String(
            format: "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" "
                + "stroke=\"#999\"/>\n", frame.x, frame.y, frame.width, frame.height)
        text += Self.text(title, width / 2, 16, "middle", weight: "bold")
        text += Self.text(horizontal, frame.x + frame.width / 2, height - 8, "middle")
        text += Self.text(
            vertical, 12, frame.y + frame.height / 2, "middle", turned: true)
        for (number, x) in [
            (range.x.lowerBound, frame.x), (range.x.upperBound, frame.x + frame.width),
        ] {
            text += Self.text(Self.number(number), x, frame.y + frame.height + 13, "middle")
        }
        for (number, y) in [
            (range.y.lowerBound, frame.y + frame.height), (range.y.upperBound, frame.y + 8),
        ] {
            text += Self.text(Self.number(number), frame.x - 4, y, "end")
        }
        for line in lines {
            let points = line.points.map(place)
            text +=
                "<polyline fill=\"none\" stroke=\"\(line.colour)\" stroke-width=\"1.5\""
                + (line.isDashed ? " stroke-dasharray=\"4 3\"" : "")
                + " points=\"\(points.joined(separator: " "))\"/>\n"
            for point in line.hasDots ? points : [] {
                let parts = point.split(separator: ",")
                text += "<circle cx=\"\(parts[0])\" cy=\"\(parts[1])\" r=\"2.5\" "
                text += "fill=\"\(line.colour)\"/>\n"
            }
        }
        return text
    }

    private static func text(
        _ words: String, _ x: Double, _ y: Double, _ anchor: String, weight: String = "normal",
        turned: Bool = false
    ) -> String {
        let safe = words.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        let turn = turned ? String(format: " transform=\"rotate(-90 %.1f %.1f)\"", x, y) : ""
        return String(format: "<text x=\"%.1f\" y=\"%.1f\"", x, y)
            + " text-anchor=\"\(anchor)\" font-weight=\"\(weight)\"\(turn)>\(safe)</text>\n"
    }

    private static func number(_ value: Double) -> String {
        String(format: value == value.rounded() && abs(value) < 1e6 ? "%.0f" : "%.3g", value)
    }
}

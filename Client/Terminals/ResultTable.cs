using Spectre.Console;

namespace AllData.Client.Terminals;

/// <summary>A column of a result.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="DropOrder">
/// Where the columns do not fit, which goes first: 1, then 2, and so on. 0: never, because a row means nothing without it.
/// </param>
internal sealed record ResultColumn(string Name, int DropOrder = 0);

/// <summary>
/// A table that fits a terminal. Where its columns are wider than the terminal, the least important ones go, and a line says which; where even
/// the others do not fit, each row is written as lines of <c>name value</c>. A file or a pipe gets all columns.
/// </summary>
internal sealed class ResultTable(params ResultColumn[] columns)
{
    private const string Gap = "   ";
    private const string Margin = "  ";

    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row, with a cell of each column.</summary>
    public void AddRow(params string[] cells) => _rows.Add([.. cells.Select(ReadableText.Escape)]);

    /// <summary>Writes it, and says which columns did not fit.</summary>
    public void Write(Terminal terminal)
    {
        foreach (var line in Lines(terminal.Width))
        {
            terminal.WriteLine(line);
        }

        var shown = Fit(terminal.Width);
        var dropped = columns.Index().Where(c => !shown.Contains(c.Index)).Select(static c => c.Item.Name).ToList();
        if (dropped.Count > 0)
        {
            terminal.Say($"Not shown in {terminal.Width} columns: {string.Join(", ", dropped)}. A wider terminal, a pipe or --json shows all.");
        }
    }

    /// <summary>Its lines in a terminal of so many columns, with an empty one before and after it.</summary>
    public IEnumerable<string> Lines(int width)
    {
        var shown = Fit(width);
        return WidthOf(shown) > width ? Records(shown, width) : Table(shown);
    }

    private List<int> Fit(int width)
    {
        var shown = Enumerable.Range(0, columns.Length).ToList();
        foreach (var index in Enumerable.Range(0, columns.Length).Where(i => columns[i].DropOrder > 0).OrderBy(i => columns[i].DropOrder))
        {
            if (WidthOf(shown) <= width)
            {
                break;
            }

            shown.Remove(index);
        }

        return shown;
    }

    private int WidthOf(List<int> shown) => Margin.Length + (Gap.Length * (shown.Count - 1)) + shown.Sum(WidthOf);

    private int WidthOf(int column) => _rows.Select(r => r[column]).Append(columns[column].Name).Max(static text => text.GetCellWidth());

    private IEnumerable<string> Table(List<int> shown) =>
    [
        "", Row(shown, [.. columns.Select(static c => c.Name)]), $" {new string('─', WidthOf(shown) - 1)}", .. _rows.Select(row => Row(shown, row)), "",
    ];

    private string Row(List<int> shown, string[] cells) =>
        (Margin + string.Join(Gap, shown.Select(i => cells[i] + new string(' ', WidthOf(i) - cells[i].GetCellWidth())))).TrimEnd();

    // Names may be so long that no two columns fit: then below each other, cut only where a single one is wider than the terminal.
    private IEnumerable<string> Records(List<int> shown, int width) =>
    [
        .. _rows.SelectMany(row => shown.Select(i => Cut($"{Margin}{columns[i].Name}  {row[i]}", width)).Prepend("")), "",
    ];

    private static string Cut(string line, int width)
    {
        if (line.GetCellWidth() <= width)
        {
            return line;
        }

        while (line.GetCellWidth() > width - 1)
        {
            line = line[..^1];
        }

        return line + "…";
    }
}

using AllData.Events;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AllData.Configuration;

/// <summary>
/// Compares a configuration section with the options that are bound from it. The binder ignores unknown keys, so a misspelt key would silently mean
/// its default, and the binder's exceptions name types instead of what may be written.
/// </summary>
internal static class SettingsCheck
{
    // A greater distance means a different word, not a typing error.
    private const int MostSlips = 3;

    /// <summary>Refuses unknown keys and values that cannot be read.</summary>
    /// <param name="section">What was configured.</param>
    /// <param name="path">Its name in sentences.</param>
    /// <param name="options">What is bound from it.</param>
    /// <param name="others">Sections below it that are bound from elsewhere: to what, or to null where they are the host's own.</param>
    /// <param name="isShared">Whether a host may have sections of its own there; refused are then only those that are nearly a known one.</param>
    /// <exception cref="OptionsValidationException">With a sentence for each of them.</exception>
    public static void ThrowIfUnusable(
        IConfiguration section, string path, Type options, IReadOnlyDictionary<string, Type?>? others = null, bool isShared = false)
    {
        var tree = SettingNode.Of(options, others);
        var complaints = Complaints(section, path, tree, (tree, path), isShared).ToList();
        if (complaints.Count > 0)
        {
            throw new OptionsValidationException(path, options, complaints);
        }
    }

    private static IEnumerable<string> Complaints(
        IConfiguration section, string path, SettingNode node, (SettingNode Node, string Path) root, bool isShared)
    {
        foreach (var child in section.GetChildren())
        {
            var isSection = child.GetChildren().Any();
            if (node.Children.TryGetValue(child.Key, out var known))
            {
                foreach (var complaint in ComplaintsOf(child, $"{path}:{known.Name}", known, isSection, root))
                {
                    yield return complaint;
                }
            }
            else if (!(isShared && isSection && Nearest(child.Key, node.Children.Values) is null))
            {
                yield return Unknown(child.Key, path, node, root);
            }
        }
    }

    private static IEnumerable<string> ComplaintsOf(
        IConfigurationSection child, string path, SettingNode known, bool isSection, (SettingNode Node, string Path) root)
    {
        if (known.IsForeign)
        {
            return [];
        }

        if (known.Entry is { } entry)
        {
            return isSection || string.IsNullOrEmpty(child.Value)
                ? ComplaintsOfEntries(child, path, known, entry, root)
                : [NotEntries(path, child.Value, known)];
        }

        return known.Children.Count > 0
            ? isSection || string.IsNullOrEmpty(child.Value)
                ? Complaints(child, path, known, root, isShared: false)
                : [$"{path} is '{child.Value}', but it is a section: write {path}:{known.Children.Keys.First()}=… or another of {ListOf(known)}."]
            : isSection
                ? [$"{path}:{child.GetChildren().First().Key} is not a setting: {path} is a single value, {SettingValue.Allowed(known.Type)}."]
                : SettingValue.Complaint(path, child.Value, known.Type) is { } complaint ? [complaint] : [];
    }

    private static IEnumerable<string> ComplaintsOfEntries(
        IConfigurationSection list, string path, SettingNode known, SettingNode entry, (SettingNode Node, string Path) root) => list.GetChildren()
        .SelectMany(child => known.IsDictionary || WholeNumber.TryParse(child.Key, int.MaxValue, out int _)
            ? ComplaintsOf(child, $"{path}:{child.Key}", entry, child.GetChildren().Any(), root)
            : [$"{path}:{child.Key} is not a setting: {path} is a list, its entries are {path}:0, {path}:1 and so on."]);

    private static string NotEntries(string path, string value, SettingNode known) =>
        $"{path} is '{value}', but it is a {(known.IsDictionary ? $"dictionary: write {path}:NAME=…" : $"list: write {path}:0=…")}";

    private static string Unknown(string key, string path, SettingNode node, (SettingNode Node, string Path) root)
    {
        var suggestion = (Nearest(key, node.Children.Values) ?? Longer(key, node.Children.Values)) is { } near ? $"{path}:{near}"
            : root.Node.Find(key, root.Path) is { } elsewhere ? elsewhere
            : null;
        return suggestion is null
            ? $"{path}:{key} is not a setting. Below {path} there are {ListOf(node)}."
            : $"{path}:{key} is not a setting. Did you mean {suggestion}?";
    }

    private static string ListOf(SettingNode node) => string.Join(", ", node.Children.Keys);

    // "Port" where there is a "SiloPort".
    private static string? Longer(string key, IEnumerable<SettingNode> nodes) =>
        nodes.Select(static node => node.Name).Where(name => name.EndsWith(key, StringComparison.OrdinalIgnoreCase)).MinBy(static name => name.Length);

    private static string? Nearest(string key, IEnumerable<SettingNode> nodes) => nodes
        .Select(node => (node.Name, Slips: EditDistance.Between(key.ToUpperInvariant(), node.Name.ToUpperInvariant())))
        .Where(near => near.Slips <= Math.Min(MostSlips, Math.Max(1, near.Name.Length / 3)))
        .OrderBy(static near => near.Slips)
        .Select(static near => near.Name)
        .FirstOrDefault();
}

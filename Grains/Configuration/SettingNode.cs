using System.Collections;
using System.Reflection;

namespace AllData.Configuration;

/// <summary>A setting, or a section of settings, as the options have it.</summary>
internal sealed class SettingNode
{
    private SettingNode(string name, Type type) => (Name, Type) = (name, type);

    /// <summary>Its name as the options spell it.</summary>
    public string Name { get; }

    /// <summary>What a value becomes.</summary>
    public Type Type { get; }

    /// <summary>Whether another part of the host reads and checks it.</summary>
    public bool IsForeign { get; private init; }

    /// <summary>What is below it, by name whatever the case; empty for a single value.</summary>
    public SortedDictionary<string, SettingNode> Children { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The settings of an options type.</summary>
    public static SettingNode Of(Type options, IReadOnlyDictionary<string, Type?>? others = null, string name = "")
    {
        var node = new SettingNode(name, options);
        foreach (var property in options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(static p => p.SetMethod is { IsPublic: true }))
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            node.Children[property.Name] = IsSection(type) ? Of(type, name: property.Name) : new SettingNode(property.Name, type);
        }

        foreach (var (other, type) in others ?? new Dictionary<string, Type?>())
        {
            node.Children[other] = type is null ? new SettingNode(other, typeof(object)) { IsForeign = true } : Of(type, name: other);
        }

        return node;
    }

    /// <summary>The full path of the setting of this name anywhere below; null if there is none.</summary>
    public string? Find(string name, string path) => Children.TryGetValue(name, out var found) ? $"{path}:{found.Name}"
        : Children.Values.Select(child => child.Find(name, $"{path}:{child.Name}")).FirstOrDefault(static p => p is not null);

    private static bool IsSection(Type type) =>
        type.IsClass && type != typeof(string) && !typeof(IEnumerable).IsAssignableFrom(type) && !typeof(Delegate).IsAssignableFrom(type);
}

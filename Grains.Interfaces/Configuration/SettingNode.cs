using System.Collections;
using System.ComponentModel;
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

    /// <summary>What each entry of a list or dictionary is; null where there are no entries.</summary>
    public SettingNode? Entry { get; private init; }

    /// <summary>Whether its entries have names that the user chooses, not numbers.</summary>
    public bool IsDictionary { get; private init; }

    /// <summary>The settings of an options type.</summary>
    public static SettingNode Of(Type options, IReadOnlyDictionary<string, Type?>? others = null, string name = "")
    {
        var node = new SettingNode(name, options);
        foreach (var property in options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(static p => p.SetMethod is { IsPublic: true }))
        {
            node.Children[property.Name] = OfValue(property.Name, property.PropertyType);
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

    private static SettingNode OfValue(string name, Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return EntriesOf(type) is var (entry, isDictionary) ? new SettingNode(name, type) { Entry = OfValue(name, entry), IsDictionary = isDictionary }
            : IsSection(type) ? Of(type, name: name)
            : new SettingNode(name, type);
    }

    private static (Type Entry, bool IsDictionary)? EntriesOf(Type type)
    {
        if (type == typeof(string))
        {
            return null;
        }

        var sequence = type.GetInterfaces().Prepend(type).FirstOrDefault(static t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IEnumerable<>));
        var entry = sequence?.GetGenericArguments()[0];
        return entry is { IsGenericType: true } && entry.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) ? (entry.GetGenericArguments()[1], true)
            : entry is not null ? (entry, false)
            : null;
    }

    // What a text cannot become has settings of its own.
    private static bool IsSection(Type type) => !typeof(IEnumerable).IsAssignableFrom(type) && !typeof(Delegate).IsAssignableFrom(type)
        && !TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string));
}

using System.Globalization;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Batch;

/// <summary>When an indexed Job has succeeded before all of its indexes have.</summary>
internal static class SuccessPolicyValidation
{
    private const int MaxRules = 20;
    private const int MaxIndexesLength = 64 * 1024;

    public static void Check(Field policy, long completions)
    {
        policy["rules"].Required("at least one rules must be specified when the successPolicy is specified");
        policy["rules"].MaxItems(MaxRules);
        foreach (var rule in policy["rules"].Items)
            CheckRule(rule, completions);
    }

    private static void CheckRule(Field rule, long completions)
    {
        var (count, indexes) = (rule["succeededCount"], rule["succeededIndexes"]);
        if (!count.IsPresent && !indexes.IsPresent)
            rule.Missing("at least one of succeededCount or succeededIndexes must be specified");
        long named = 0;
        if (indexes.IsPresent)
        {
            indexes.MaxLength(MaxIndexesLength);
            if (ReadIndexes(indexes.Text, completions, out named) is { } problem)
                indexes.Invalid($"error parsing succeededIndexes: {problem}");
        }
        count.NonNegative();
        if (count.Number > completions)
            count.Invalid($"must be less than or equal to {completions} (the number of specified completions)");
        if (indexes.IsPresent && count.Number > named)
            count.Invalid($"must be less than or equal to {named} (the number of indexes in the specified succeededIndexes field)");
    }

    /// <summary>Reads <c>1,3-5</c>. Returns what is wrong with it, or null.</summary>
    private static string? ReadIndexes(string text, long completions, out long total)
    {
        total = 0;
        if (text.Length == 0)
            return null;
        long? last = null;
        foreach (var interval in text.Split(','))
        {
            var ends = interval.Split('-');
            if (ends.Length > 2)
                return $"the fragment \"{interval}\" violates the requirement that an index interval can have at most two parts separated by '-'";
            if (ReadIndex(ends[0], completions, out var first) is { } firstProblem)
                return firstProblem;
            if (ReadIndex(ends[^1], completions, out var end) is { } endProblem)
                return endProblem;
            if (ends.Length == 2 && first >= end)
                return $"non-increasing order, previous: {first}, current: {end}";
            if (last >= first)
                return $"non-increasing order, previous: {last}, current: {first}";
            (last, total) = (end, total + end - first + 1);
        }
        return null;
    }

    private static string? ReadIndex(string text, long completions, out long index)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out index))
            return $"cannot convert string to integer for index: \"{text}\"";
        return index >= completions ? $"too large index: \"{text}\"" : null;
    }
}

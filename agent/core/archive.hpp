// Engine state as bytes. Each struct of state names its fields once, in
//     template <class Archive> void describe(Archive& archive, Thing& thing) { archive(thing.a, thing.b); }
// and archives go over them: Writer makes bytes, Reader takes them back (any bytes: it fails, it never misbehaves),
// Digester folds everything into 64 bits without allocating; MoveBack (move_back.hpp) dates the past.
//
// Integers are zigzag varints, texts and lists are prefixed with their length, optionals with 0 or 1. Times are
// integers nearer than time_end; what is further away is damage, so that sums of what was read can't overflow.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace noodstop::core {

// In microseconds, before and after: 9,133 years, beyond all that configuration and clocks can say.
inline constexpr std::int64_t time_end = std::int64_t{1} << 58;

template <class T>
concept Integral = std::integral<T> || std::is_enum_v<T>;

// Walks through containers and standard types; `Derived` supplies integer() and text().
template <class Derived>
class ArchiveWalk {
public:
    template <class... Fields>
    Derived& operator()(Fields&... fields) {
        (self().field(fields), ...);
        return self();
    }

protected:
    Derived& self() { return static_cast<Derived&>(*this); }

    template <class T>
    void field(T& value) {
        if constexpr (Integral<T>)
            self().integer(value);
        else if constexpr (std::is_same_v<T, std::string>)
            self().text(value);
        else if constexpr (requires { value.emplace_back(); })
            self().sequence(value);
        else
            standard(value);
    }

private:
    template <class T>
    void standard(T& value) {
        describe(self(), value);
    }
    template <class Representation, class Period>
    void standard(std::chrono::duration<Representation, Period>& value) {
        auto count = static_cast<std::int64_t>(value.count());
        self().time(count);
        value = std::chrono::duration<Representation, Period>(count);
    }
    template <class First, class Second>
    void standard(std::pair<First, Second>& value) {
        self()(value.first, value.second);
    }
    template <class T>
    void standard(std::optional<T>& value) {
        bool present = value.has_value();
        self()(present);
        if (!present)
            return value.reset();
        if (!value)
            value.emplace();
        self()(*value);
    }
    template <class First, class Second>
    void standard(std::variant<First, Second>& value) {
        bool is_second = value.index() == 1;
        self()(is_second);
        if (is_second != (value.index() == 1)) {
            if (is_second)
                value = Second{};
            else
                value = First{};
        }
        if (is_second)
            self()(std::get<1>(value));
        else
            self()(std::get<0>(value));
    }
    template <class T, std::size_t count>
    void standard(std::array<T, count>& value) {
        for (T& item : value)
            self()(item);
    }
    template <class Key, class Value>
    void standard(std::map<Key, Value>& value) {
        self().keyed(value);
    }
    template <class Key>
    void standard(std::set<Key>& value) {
        self().keyed(value);
    }
};

class Writer : public ArchiveWalk<Writer> {
public:
    std::string take() { return std::move(bytes_); }

private:
    friend class ArchiveWalk<Writer>;

    template <Integral T>
    void integer(T& value) {
        const auto number = static_cast<std::int64_t>(value);
        auto zigzag = (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
        for (; zigzag >= 0x80; zigzag >>= 7)
            bytes_.push_back(static_cast<char>(zigzag | 0x80));
        bytes_.push_back(static_cast<char>(zigzag));
    }
    void time(std::int64_t& count) { integer(count); }
    void text(std::string& value) {
        std::size_t size = value.size();
        integer(size);
        bytes_ += value;
    }
    template <class List>
    void sequence(List& list) {
        std::size_t size = list.size();
        integer(size);
        for (auto&& item : list)
            (*this)(item);
    }
    // Keys are const in place; this archive only reads them.
    template <class Key, class Value>
    void keyed(std::map<Key, Value>& container) {
        std::size_t size = container.size();
        integer(size);
        for (auto& [key, value] : container)
            (*this)(const_cast<Key&>(key), value);
    }
    template <class Key>
    void keyed(std::set<Key>& container) {
        std::size_t size = container.size();
        integer(size);
        for (const Key& key : container)
            (*this)(const_cast<Key&>(key));
    }

    std::string bytes_;
};

class Reader : public ArchiveWalk<Reader> {
public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}
    // All bytes were understood and none is left.
    bool complete() const { return !failed_ && rest_.empty(); }

private:
    friend class ArchiveWalk<Reader>;

    template <Integral T>
    void integer(T& value) {
        std::uint64_t zigzag = 0;
        for (unsigned shift = 0;; shift += 7) {
            if (rest_.empty() || shift > 63)
                return fail();
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            zigzag |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80)
                break;
        }
        const auto number = static_cast<std::int64_t>(zigzag >> 1) ^ -static_cast<std::int64_t>(zigzag & 1);
        value = static_cast<T>(number);
        if (static_cast<std::int64_t>(value) != number)
            fail();
    }
    void time(std::int64_t& count) {
        integer(count);
        if (count <= -time_end || count >= time_end)
            fail();
    }
    void text(std::string& value) {
        std::size_t size = 0;
        integer(size);
        if (failed_ || size > rest_.size())
            return fail();
        value.assign(rest_.substr(0, size));
        rest_.remove_prefix(size);
    }
    // Every item takes a byte at least, which bounds what a wrong length can make us allocate.
    std::size_t count() {
        std::size_t size = 0;
        integer(size);
        if (!failed_ && size <= rest_.size())
            return size;
        fail();
        return 0;
    }
    template <class List>
    void sequence(List& list) {
        list.clear();
        for (std::size_t left = count(); left > 0 && !failed_; --left) {
            typename List::value_type item{};
            (*this)(item);
            list.push_back(std::move(item));
        }
    }
    template <class Key, class Value>
    void keyed(std::map<Key, Value>& container) {
        container.clear();
        for (std::size_t left = count(); left > 0 && !failed_; --left) {
            std::pair<Key, Value> item;
            (*this)(item);
            container.insert(std::move(item));
        }
    }
    template <class Key>
    void keyed(std::set<Key>& container) {
        container.clear();
        for (std::size_t left = count(); left > 0 && !failed_; --left) {
            Key item;
            (*this)(item);
            container.insert(std::move(item));
        }
    }
    void fail() {
        failed_ = true;
        rest_ = {};
    }

    std::string_view rest_;
    bool failed_ = false;
};

class Digester : public ArchiveWalk<Digester> {
public:
    std::uint64_t value() const { return state_; }

private:
    friend class ArchiveWalk<Digester>;

    // Multiply and fold: every input bit reaches every output bit within two words.
    void mix(std::uint64_t word) {
        const auto product = static_cast<unsigned __int128>(state_ ^ word) * 0x9e3779b97f4a7c15u;
        state_ = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^ 0x2545f4914f6cdd1du;
    }
    template <Integral T>
    void integer(T& value) {
        mix(static_cast<std::uint64_t>(value));
    }
    void time(std::int64_t& count) { integer(count); }
    void text(std::string& value) {
        mix(value.size());
        std::uint64_t word = 0;
        for (std::size_t index = 0; index < value.size(); ++index) {
            word = (word << 8) | static_cast<unsigned char>(value[index]);
            if (index % 8 == 7)
                mix(std::exchange(word, 0));
        }
        mix(word);
    }
    template <class List>
    void sequence(List& list) {
        mix(list.size());
        for (auto&& item : list)
            (*this)(item);
    }
    // Keys are const in place; this archive only reads them.
    template <class Key, class Value>
    void keyed(std::map<Key, Value>& container) {
        mix(container.size());
        for (auto& [key, value] : container)
            (*this)(const_cast<Key&>(key), value);
    }
    template <class Key>
    void keyed(std::set<Key>& container) {
        mix(container.size());
        for (const Key& key : container)
            (*this)(const_cast<Key&>(key));
    }

    std::uint64_t state_ = 0x6e6f6f6473746f70u;
};

template <class T>
std::string to_bytes(const T& value) {
    Writer writer;
    writer(const_cast<T&>(value));  // an archive reads or writes by its kind; Writer only reads
    return writer.take();
}

template <class T>
bool from_bytes(std::string_view bytes, T& value) {
    Reader reader(bytes);
    reader(value);
    return reader.complete();
}

}  // namespace noodstop::core
